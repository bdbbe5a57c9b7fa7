import { type LookupAddress, lookup, type LookupOptions } from 'node:dns';
import { BlockList, isIPv6 } from 'node:net';

/** Addresses of this machine and of its own link, where cloud metadata services answer. */
const OWN = ownAddresses();

/** Thrown instead of connecting. */
class OwnAddress extends Error {
  readonly code = 'OWN_ADDRESS';
}

type Callback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/**
 * A lookup for hosts that a registry has named and the configuration allows: the name is the
 * configuration's, but whoever answers for it in DNS could still lead Tagward to itself.
 */
export function checkedLookup(hostname: string, options: LookupOptions, callback: Callback): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const own = addresses.find(isOwn);
    if (own !== undefined) {
      callback(new OwnAddress(`${hostname} leads to ${own.address}`), []);
      return;
    }
    const [first] = addresses;
    if (options.all === true || first === undefined) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}

function isOwn({ address }: LookupAddress): boolean {
  return OWN.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function ownAddresses(): BlockList {
  const list = new BlockList();
  list.addSubnet('0.0.0.0', 8);
  list.addSubnet('127.0.0.0', 8);
  list.addSubnet('169.254.0.0', 16);
  list.addSubnet('::', 127, 'ipv6');
  list.addSubnet('fe80::', 10, 'ipv6');
  list.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');
  list.addSubnet('::ffff:169.254.0.0', 112, 'ipv6');
  return list;
}
