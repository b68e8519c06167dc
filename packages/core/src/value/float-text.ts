/** The shortest text of a double that reads back as the same double, `-0`, `NaN` and the infinities included. */
export function doubleText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The shortest usual text of a 32-bit float that reads back as the same float: `0.1` rather than `0.10000000149011612`. */
export function float32Text(value: number): string {
  const wide = doubleText(value);
  if (wide.length <= 8) return wide;
  for (let precision = 6; precision < 9; precision += 1) {
    const narrow = Number(value.toPrecision(precision));
    if (Math.fround(narrow) === value) return String(narrow);
  }
  return String(Number(value.toPrecision(9)));
}

const finitePattern = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The double of a text that {@link doubleText} or JSON writes; undefined for any other text, and for numbers too large for a double. */
export function doubleFromText(text: string): number | undefined {
  switch (text) {
    case 'NaN':
      return Number.NaN;
    case 'Infinity':
      return Number.POSITIVE_INFINITY;
    case '-Infinity':
      return Number.NEGATIVE_INFINITY;
    default: {
      if (!finitePattern.test(text)) return undefined;
      const value = Number(text);
      return Number.isFinite(value) ? value : undefined;
    }
  }
}

/** The 32-bit float nearest to a text; undefined where the text is no number or too large for one. */
export function float32FromText(text: string): number | undefined {
  const wide = doubleFromText(text);
  if (wide === undefined) return undefined;
  const value = Math.fround(wide);
  return Number.isFinite(wide) && !Number.isFinite(value) ? undefined : value;
}
