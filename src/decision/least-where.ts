/** Halvings until what is left of a range of scores is far below what anybody reads. */
const HALVINGS = 30;

/** The least value from `low` to `high` from which on `holds` holds; undefined where it does not hold at `high`. */
export function leastWhere(holds: (value: number) => boolean, low: number, high: number): number | undefined {
  if (!holds(high)) return undefined;
  let [below, above] = [low, high];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (below + above) / 2;
    if (holds(middle)) above = middle;
    else below = middle;
  }
  return above;
}
