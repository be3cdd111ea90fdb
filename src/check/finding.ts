/** How bad it is: an error fails the check; what is untold was asked for and could not be found out. */
export type Level = 'error' | 'untold' | 'warning' | 'note';

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
    | 'measure'
    | 'eval'
    | 'removed';
  /** Relative to the folder that is checked. */
  file: string;
  /** Counted from 1. */
  line: number;
  message: string;
}
