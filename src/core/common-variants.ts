import type { RepositoryRules } from './rules';

/** Suffixes of images that are built on several bases, as Docker's official images name them. */
const COMMON_VARIANTS = [
  ...['alpine*', 'slim', 'debian*', 'ubuntu*', 'wheezy', 'jessie', 'stretch', 'buster', 'bullseye'],
  ...['bookworm', 'trixie', 'forky', 'trusty', 'xenial', 'bionic', 'focal', 'jammy', 'noble'],
  ...['resolute', 'ubi*', 'oraclelinux*', 'oracle', 'distroless', 'windowsservercore'],
  ...['windowsservercore-*', 'nanoserver', 'nanoserver-*', 'builder', 'onbuild', 'cross', 'fpm'],
  ...['apache', 'cli', 'zts', 'passenger', 'management', 'jdk*', 'jre*', 'temurin', 'corretto'],
];

/**
 * The rules with common variants declared, whether or not a tag has them yet: a repository gets new
 * ones with the years, and a variant that nobody publishes moves nothing (rule A1).
 */
export function withCommonVariants(rules: RepositoryRules): RepositoryRules {
  const known = [...new Set([...rules.variants.known, ...COMMON_VARIANTS])];
  return { ...rules, variants: { ...rules.variants, known } };
}
