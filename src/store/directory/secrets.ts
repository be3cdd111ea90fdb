/** The environment variable that stands for a Secret's key where there is no cluster. */
export function secretVariable(namespace: string, name: string, key: string): string {
  const part = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, '_');
  return `SLUICE_SECRET_${part(namespace)}_${part(name)}_${part(key)}`;
}

/** What to do where that variable is missing. */
export function secretRemedy(namespace: string, name: string, key: string): string {
  return `set the environment variable ${secretVariable(namespace, name, key)} and start again`;
}
