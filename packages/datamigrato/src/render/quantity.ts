/** A count with a comma between thousands: `52,000`. */
export function countText(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `one record`, `52,000 records`. */
export function recordsText(count: number): string {
  return count === 1 ? 'one record' : `${countText(count)} records`;
}

/** Something a second, three digits at most: `38 k/s`, `3.5 k/s`, `0 /s`. */
export function rateText(perSecond: number): string {
  return `${scaled(perSecond, ['', 'k', 'M', 'G'], 1000)}/s`;
}

/** Bytes in decimal units: `61 MB`. */
export function bytesText(bytes: number): string {
  return scaled(bytes, ['B', 'kB', 'MB', 'GB', 'TB'], 1000);
}

/** A duration in its two largest units: `14 s`, `2 min 5 s`, `3 h 12 min`; below ten seconds with one decimal. */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return `${minutes} min ${whole % 60} s`;
}

/** A moment as `2026-11-24 10:31:05 UTC`, of an ISO 8601 text. */
export function momentText(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
}

function scaled(value: number, units: readonly string[], step: number): string {
  let rest = value;
  let unit = 0;
  while (unit < units.length - 1 && Math.round(rest) >= step) {
    rest /= step;
    unit += 1;
  }
  const digits = unit > 0 && rest < 9.95 ? rest.toFixed(1) : String(Math.round(rest));
  return `${digits} ${units[unit] ?? ''}`;
}
