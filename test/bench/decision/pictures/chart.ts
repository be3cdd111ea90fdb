import { type EChartsOption, init } from 'echarts';

/** What all pictures have in common: dark text on white, so that they read on any page. */
export const INK = '#1f2937';
export const FAINT = '#9ca3af';
export const GRID = '#e5e7eb';
export const OURS = '#0f766e';
export const OURS_LIGHT = '#5eaaa1';
export const BAD = '#b91c1c';

/** Hues for the rules of others, apart from each other and from ours. */
export const THEIRS = ['#1d4ed8', '#7aa2f0', '#b45309', '#e5a94f', '#7e22ce', '#db2777'] as const;

/** An option of echarts as an SVG document. */
export function svgOf(width: number, height: number, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      textStyle: { fontFamily: 'DejaVu Sans, Verdana, sans-serif', color: INK, fontSize: 12 },
      ...option,
    });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}

/** A share as `19.9 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A heading with a line below it that says what is seen. */
export function heading(text: string, subtext: string) {
  return {
    text,
    subtext,
    left: 16,
    top: 10,
    itemGap: 6,
    textStyle: { fontSize: 16, fontWeight: 600 as const, color: INK },
    subtextStyle: { fontSize: 12, color: '#4b5563', lineHeight: 17 },
  };
}
