/** What names are made of, a header's for one, in a regular expression (RFC 9110, 5.6.2). */
export const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
/** A header's value in a regular expression. A line break would begin another header, or a body (RFC 9110, 5.5). */
export const HEADER_VALUE = '[\\t\\x20-\\x7e\\x80-\\xff]*';

const NAME = new RegExp(`^${TOKEN}$`);
const VALUE = new RegExp(`^${HEADER_VALUE}$`);

export const isHeaderName = (text: string): boolean => NAME.test(text);

/** Whether a header may have this value; whoever sends it has one byte for each character. */
export const isHeaderValue = (text: string): boolean => VALUE.test(text);
