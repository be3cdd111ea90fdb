import type { CallRecord, RecordSink } from './record.ts';
import { recordFields, recordLine } from './record-line.ts';
import type { LineSink } from './telemetry/lines.ts';

/** Writes each call as one JSON line, and hands it to `also`. Where the lines go may lose records and never calls. */
export function recordSink(
  lines: LineSink,
  also?: (record: CallRecord, fields: Readonly<Record<string, unknown>>) => void,
): RecordSink {
  return {
    write(record) {
      lines.write(recordLine(record));
      also?.(record, recordFields(record));
    },
    dropped: lines.dropped,
    flush: lines.flush,
  };
}
