/** Something wrong with cases as they are written. */
export interface CasesProblem {
  /** Where the text is from: a file's path, or ConfigMap and key. */
  source: string;
  /** Counted from 1. */
  line: number;
  /** What is wrong, with its field and a remedy. */
  message: string;
}

/** A problem as people are told it. */
export const casesProblemText = ({ source, line, message }: CasesProblem): string =>
  `${source}:${line}: ${message}`;
