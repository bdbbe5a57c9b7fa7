// Loaded into the measured service with NODE_OPTIONS=--require: on SIGUSR2 it collects garbage and
// writes what the process uses as one line of JSON to standard error. Costs nothing otherwise.
process.on('SIGUSR2', () => {
  const before = process.memoryUsage();
  process.getBuiltinModule('v8').setFlagsFromString('--expose-gc');
  process.getBuiltinModule('vm').runInNewContext('gc')();
  const after = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const probe = {
    rss: before.rss,
    rssAfterGc: after.rss,
    heap: after.heapUsed,
    cpu: user + system,
  };
  process.stderr.write(`${JSON.stringify({ probe })}\n`);
});
