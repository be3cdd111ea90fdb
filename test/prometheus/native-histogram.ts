/** Content type of what `nativeHistogram` gives: only this format has native histograms. */
export const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

export interface NativeHistogram {
  labels: Record<string, string>;
  /** Values within 0.001 of zero. */
  zero: number;
  /** How many values were above 2^(n−1) and at most 2^n, by n. */
  positive: Record<number, number>;
  /** The same of values below zero, with the sign turned. */
  negative: Record<number, number>;
}

/**
 * A metric of one native histogram, each bound twice the one before, as a target exposes it. See `metrics.proto` of
 * prometheus/client_model for the numbers of the fields.
 */
export function nativeHistogram(name: string, { labels, zero, positive, negative }: NativeHistogram): Buffer {
  const count = [zero, ...Object.values(positive), ...Object.values(negative)].reduce((a, b) => a + b, 0);
  const histogram = [
    whole(1, count),
    double(2, 1),
    whole(5, zigzag(0)),
    double(6, 0.001),
    whole(7, zero),
    ...buckets(negative, { span: 9, delta: 10 }),
    ...buckets(positive, { span: 12, delta: 13 }),
  ];
  const pairs = Object.entries(labels).map(([key, value]) => bytes(1, [bytes(1, key), bytes(2, value)]));
  const HISTOGRAM = 4;
  const family = Buffer.concat([
    bytes(1, name),
    whole(3, HISTOGRAM),
    bytes(4, [...pairs, bytes(7, histogram)]),
  ]);
  return Buffer.concat([varint(family.length), family]);
}

/** Each bucket as a span of its own: where it lies, after the end of the one before, and its count less the one before. */
function buckets(counts: Record<number, number>, field: { span: number; delta: number }): Buffer[] {
  const ordered = Object.entries(counts)
    .map(([at, count]) => ({ at: Number(at), count }))
    .sort((one, other) => one.at - other.at);
  return ordered.flatMap(({ at, count }, index) => {
    const before = ordered[index - 1];
    const offset = before === undefined ? at : at - before.at - 1;
    return [
      bytes(field.span, [whole(1, zigzag(offset)), whole(2, 1)]),
      whole(field.delta, zigzag(count - (before?.count ?? 0))),
    ];
  });
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128);
  return Buffer.from([...digits, rest]);
}

const tag = (field: number, wireType: number): Buffer => varint(field * 8 + wireType);
const whole = (field: number, value: number): Buffer => Buffer.concat([tag(field, 0), varint(value)]);

function double(field: number, value: number): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeDoubleLE(value);
  return Buffer.concat([tag(field, 1), eight]);
}

function bytes(field: number, content: string | Buffer[]): Buffer {
  const body = typeof content === 'string' ? Buffer.from(content) : Buffer.concat(content);
  return Buffer.concat([tag(field, 2), varint(body.length), body]);
}
