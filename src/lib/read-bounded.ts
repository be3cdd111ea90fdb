/**
 * The text of a body.
 * @throws RangeError where it is longer than `most` bytes, and whatever the body breaks off with.
 */
export async function readBounded(
  body: AsyncIterable<Buffer> & { destroy(): void },
  most: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) {
      body.destroy();
      throw new RangeError(`it is longer than ${most} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
