/** How bad it is: an error fails the check. */
export type Level = 'error' | 'warning' | 'note';

/** Something to say of a place in a file. */
export interface Finding {
  level: Level;
  rule:
    | 'schema'
    | 'duplicate'
    | 'reference'
    | 'template'
    | 'variables'
    | 'cases'
    | 'cost'
    | 'budget'
    | 'removed';
  /** Relative to the folder that is checked. */
  file: string;
  /** Counted from 1. */
  line: number;
  message: string;
}
