/** A moment as `metav1.MicroTime`, which the API server takes with exactly six digits. */
export const microTime = (moment: Date): string => moment.toISOString().replace('Z', '000Z');
