import { BlockList, isIP } from 'node:net';

/** Addresses that a registry outside must not send Tagward to; those of IPv4 also as IPv6 writes them. */
const INSIDE = insideAddresses();

/** Whether the host of a URL is an address, and not one that belongs to somebody on the internet. */
export function isInsideAddress(hostname: string): boolean {
  const address = addressOf(hostname);
  const family = isIP(address);
  return family !== 0 && INSIDE.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether the host of a URL is an address and no name. */
export function isAddress(hostname: string): boolean {
  return isIP(addressOf(hostname)) !== 0;
}

/** A URL has an IPv6 address in brackets. */
function addressOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function insideAddresses(): BlockList {
  const list = new BlockList();
  list.addSubnet('0.0.0.0', 8);
  list.addSubnet('10.0.0.0', 8);
  list.addSubnet('100.64.0.0', 10);
  list.addSubnet('127.0.0.0', 8);
  list.addSubnet('169.254.0.0', 16);
  list.addSubnet('172.16.0.0', 12);
  list.addSubnet('192.0.0.0', 24);
  list.addSubnet('192.168.0.0', 16);
  list.addSubnet('198.18.0.0', 15);
  list.addSubnet('224.0.0.0', 3);
  list.addSubnet('::', 127, 'ipv6');
  // What a NAT64 gateway leads to is written into the address.
  list.addSubnet('64:ff9b::', 96, 'ipv6');
  list.addSubnet('fc00::', 7, 'ipv6');
  list.addSubnet('fe80::', 9, 'ipv6');
  list.addSubnet('ff00::', 8, 'ipv6');
  return list;
}
