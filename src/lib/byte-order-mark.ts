/** A text without the mark that some editors begin a file of UTF-8 with, which belongs to no format. */
export const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '');
