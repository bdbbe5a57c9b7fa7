import { HealthController } from '../../src/http/health.controller';
import { Readiness } from '../../src/runtime/readiness';
import { Problem, type RunningService, startService } from '../support/service';
import { NOWHERE } from '../deliveries/delivery-list';

let service: RunningService;

beforeEach(async () => {
  service = await startService({ registryUrl: NOWHERE });
});

afterEach(async () => {
  await service.stop();
  service.config.remove();
});

describe(HealthController, () => {
  it.each(['/livez', '/readyz'])('answers %s while all is well', async (path) => {
    const answer = await service.client.send('GET', path);

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.json).toEqual({ status: 'ok' });
  });

  it('is alive and not ready while it stops', async () => {
    service.app.get(Readiness).beginStop();

    const ready = await service.client.send('GET', '/readyz');
    const alive = await service.client.send('GET', '/livez');

    expect(ready.status).toBe(503);
    expect(ready.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(Problem.parse(ready.json)).toMatchObject({ code: 'stopping' });
    expect(alive.status).toBe(200);
  });
});
