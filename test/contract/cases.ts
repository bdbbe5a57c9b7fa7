import { ACCESS_CASES } from './access-cases';
import { CONTENT_CASES } from './content-cases';
import type { ContractCase } from './contract-case';
import { DELETION_CASES } from './deletion-cases';
import { LISTING_CASES } from './listing-cases';
import { REFERRER_CASES } from './referrer-cases';
import { REQUEST_CASES } from './request-cases';
import { TAG_CASES } from './tag-cases';

/** What the client promises on every registry, in the order in which it is run and printed. */
export const CONTRACT_CASES: readonly ContractCase[] = [
  ...CONTENT_CASES,
  ...TAG_CASES,
  ...REQUEST_CASES,
  ...LISTING_CASES,
  ...REFERRER_CASES,
  ...DELETION_CASES,
  ...ACCESS_CASES,
];
