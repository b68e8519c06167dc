import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../src/populate/public-address.js';

const publicAddresses = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
  '64:ff9b::808:808',
  '64:ff9b::8.8.8.8',
];
const otherAddresses = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.170',
  '192.168.1.1',
  '198.18.0.1',
  '203.0.113.9',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:7f00:1',
  '::7f00:1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::',
  '64:ff9b:1::808:808',
  '',
  'localhost',
  '2130706433',
  '0x7f000001',
  '127.1',
];

describe('S-13 which addresses are public', () => {
  test.each(publicAddresses)('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
  test.each(otherAddresses)('"%s" is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
