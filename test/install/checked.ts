import type { ControlPlane } from '../control-plane/control-plane.ts';

/**
 * What kubectl says.
 * @throws Error with its own words where it fails.
 */
export async function kubectlOf(
  plane: Pick<ControlPlane, 'kubectl'>,
  args: string[],
  input?: string,
): Promise<string> {
  const { code, stdout, stderr } = await plane.kubectl(args, input === undefined ? {} : { input });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Applies objects to a namespace, all at once. */
export async function applyTo(
  plane: Pick<ControlPlane, 'kubectl'>,
  namespace: string,
  items: object[],
): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectlOf(plane, ['apply', '-n', namespace, '-f', '-'], list);
}
