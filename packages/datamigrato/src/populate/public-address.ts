import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** IPv4 ranges that are not on the public internet: IANA's special-purpose registry, multicast and the reserved last block. */
const specialRanges4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Special ranges inside 2000::/3, the only IPv6 block of which anything is public: protocol assignments with Teredo, documentation, 6to4. */
const specialRanges6: readonly (readonly [network: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const special = new BlockList();
for (const [network, bits] of specialRanges4) special.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of specialRanges6) special.addSubnet(network, bits, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
const translated = new BlockList();
translated.addSubnet('64:ff9b::', 96, 'ipv6');

/**
 * Whether an address is one of the public internet.
 *
 * False for loopback, private, link-local (which cloud metadata services use), carrier-grade NAT, multicast, documentation and reserved ranges,
 * for IPv6 forms that carry an IPv4 address (mapped, compatible, 6to4, Teredo), and for whatever is no address at all.
 * The one exception is 64:ff9b::/96, behind which networks without IPv4 reach it: there the carried address decides.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  const plain = address.replace(/%.*$/, '');
  if (!isIPv6(plain)) return false;
  if (translated.check(plain, 'ipv6')) return isPublicAddress(lastFourBytes(plain));
  return global6.check(plain, 'ipv6') && !special.check(plain, 'ipv6');
}

/** The IPv4 address in the last 32 bits of an IPv6 one. */
function lastFourBytes(address: string): string {
  const dotted = /:(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (dotted?.[1] !== undefined) return dotted[1];
  const groups = address.split('::').at(-1)?.split(':') ?? [];
  const [high, low] = ['0', '0', ...groups].slice(-2).map((group) => Number.parseInt(group === '' ? '0' : group, 16));
  return [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join('.');
}
