import { describe, expect, test } from 'vitest';
import { slopeOf, spreadOf } from '../src/measure/spread.js';

describe('a spread', () => {
  test.each([
    [[3, 1, 2], { median: 2, least: 1, most: 3 }],
    [[4, 1, 2, 3], { median: 2.5, least: 1, most: 4 }],
    [[7], { median: 7, least: 7, most: 7 }],
  ])('of %j', (values, spread) => {
    expect(spreadOf(values)).toEqual(spread);
  });

  test('of nothing is refused', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe('a slope', () => {
  test('of points on a line is the line', () => {
    expect(slopeOf([0, 1, 2, 5].map((x) => ({ x, y: 3 * x - 7 })))).toBeCloseTo(3, 12);
  });

  test('of points that scatter evenly round a level is 0', () => {
    expect(
      slopeOf([
        { x: 0, y: 1 },
        { x: 1, y: -1 },
        { x: 2, y: -1 },
        { x: 3, y: 1 },
      ]),
    ).toBeCloseTo(0, 12);
  });

  test('of one moment is 0', () => {
    expect(
      slopeOf([
        { x: 1, y: 1 },
        { x: 1, y: 9 },
      ]),
    ).toBe(0);
  });
});
