/** Credentials for test servers, and the lines that make servers take them. */
export const TEST_USER = {
  username: 'ci',
  password: 'test-password',
  /** For Distribution, which reads bcrypt only. */
  htpasswd: 'ci:$2b$04$uFHOnMR1dm.yisHm7HTaEOCGM7MgEgI3n/2yr4S/6Rg85uMYxYIl6\n',
} as const;
