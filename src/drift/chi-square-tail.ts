const { exp, log, max, sqrt } = Math;

/**
 * The chance that a χ² variable of `degrees` (a whole number of at least 1) exceeds `statistic`: the regularized upper
 * incomplete gamma function Q(degrees/2, statistic/2), by Q(a + 1, x) = Q(a, x) + xᵃe⁻ˣ/Γ(a + 1) from Q(1, x) = e⁻ˣ or
 * Q(½, x) = erfc(√x) (Abramowitz and Stegun, "Handbook of Mathematical Functions", 6.5.21 and 6.5.17).
 */
export function chiSquareTail(statistic: number, degrees: number): number {
  if (!(statistic > 0)) return 1;
  const x = statistic / 2;
  const odd = degrees % 2 === 1;
  let tail = odd ? complementaryError(sqrt(x)) : exp(-x);
  // ln of xᵃe⁻ˣ/Γ(a + 1) at a = ½ or 1, of which each following term is a multiple.
  let term = odd ? log(2 * sqrt(x / Math.PI)) - x : log(x) - x;
  for (let a = odd ? 0.5 : 1; a < degrees / 2; a++) {
    tail += exp(term);
    term += log(x / (a + 1));
  }
  return Math.min(1, tail);
}

/** erfc of at least 0: its series for small arguments, its continued fraction for others (Abramowitz and Stegun, 7.1). */
function complementaryError(x: number): number {
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; term > 1e-17 * max(sum, 1e-300); n++) {
      term *= (2 * x ** 2) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / sqrt(Math.PI)) * exp(-(x ** 2)) * sum;
  }
  let fraction = x;
  for (let n = 120; n >= 1; n--) fraction = x + n / 2 / fraction;
  return exp(-(x ** 2)) / (sqrt(Math.PI) * fraction);
}
