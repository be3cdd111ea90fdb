/** Where one document of a manifest file lies in the file's text. */
export interface DocumentSpan {
  /** Offset of its first character, after the marker line. */
  start: number;
  /** Offset after its last. */
  end: number;
  /** Line of its first character, counted from 1. */
  line: number;
}

/** The documents of a YAML text. A line that begins with `---` always ends one, even within a block of text. */
export function splitDocuments(text: string): DocumentSpan[] {
  const spans: DocumentSpan[] = [];
  let start = 0;
  let line = 1;
  let offset = 0;
  let number = 1;
  for (const each of text.split('\n')) {
    if (/^---(\s|$)/.test(each)) {
      spans.push({ start, end: offset, line });
      // `--- {a: 1}` is a document that begins on the marker's own line.
      const rest = each.slice(3).trim() !== '' && !/^---\s+#/.test(each);
      start = rest ? offset + 3 : offset + each.length + 1;
      line = rest ? number : number + 1;
    }
    offset += each.length + 1;
    number++;
  }
  spans.push({ start: Math.min(start, text.length), end: text.length, line });
  return spans.filter((span) => hasContent(text.slice(span.start, span.end)));
}

/** Whether there is more than white space and comments. */
function hasContent(text: string): boolean {
  return text.split('\n').some((line) => /^\s*[^\s#]/.test(line));
}
