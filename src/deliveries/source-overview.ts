import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings, type SourceSettings } from '../config/settings';
import { SOURCE_AUTH_FORM_NAMES, type SourceAuthForm } from '../config/source-kinds';
import { matchesGlob } from '../core/glob';
import { toRfc3339OrNull } from '../http/time';
import { Clock } from '../runtime/clock';
import { Metrics } from '../runtime/metrics';
import { DeliveryUpkeepStore } from './delivery-upkeep.store';
import { SourceActivity } from './source-activity';
import { SourceReadModel } from './source.read-model';
import type { SourceAnswer } from './source.schema';

const DAY_MS = 24 * 3_600_000;

/** Whether each configured sender works, as far as can be seen from here. */
@Injectable()
export class SourceOverview {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly readModel: SourceReadModel,
    private readonly upkeep: DeliveryUpkeepStore,
    private readonly activity: SourceActivity,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  /** In the order of the configuration. */
  async list(): Promise<readonly SourceAnswer[]> {
    const pending = await this.upkeep.countPending();
    const found = await this.metrics.lastFoundBySweep();
    const sources = [...this.settings.sources.values()];
    return Promise.all(
      sources.map((source) =>
        this.describe(source, {
          pending: pending.get(source.id) ?? 0,
          lastFoundAt: latestOf(found, source),
        }),
      ),
    );
  }

  private async describe(
    { id, kind, auth }: SourceSettings,
    known: { readonly pending: number; readonly lastFoundAt: number | null },
  ): Promise<SourceAnswer> {
    const now = this.clock.now();
    const numbers = await this.readModel.read(id, now - DAY_MS);
    const seen = this.activity.read(id, now);
    const last = Math.max(numbers.lastReceivedAt ?? 0, seen.lastRequestAt ?? 0);
    return {
      ...{ id, kind, authentication: formsOf(auth), pending: known.pending },
      lastDeliveryAt: toRfc3339OrNull(last === 0 ? null : last),
      deliveries24h: numbers.deliveries,
      dead24h: numbers.dead,
      rejected24h: numbers.rejected + seen.unusable24h,
      refused: seen.refused,
      refusedByClock: seen.refusedByClock,
      lastRefusedAt: toRfc3339OrNull(seen.lastRefusedAt),
      clockSkewMs: seen.clockLateMs,
      lastFoundBySweepAt: toRfc3339OrNull(known.lastFoundAt),
    };
  }
}

function formsOf(auth: SourceSettings['auth']): readonly SourceAuthForm[] {
  const configured: Readonly<Record<SourceAuthForm, boolean>> = {
    secret: auth.secrets.length > 0,
    token: auth.tokens.length > 0,
    urlSecret: auth.urlSecrets.length > 0,
    oidc: auth.issuers.length > 0,
    sns: auth.snsTopic !== undefined,
  };
  return SOURCE_AUTH_FORM_NAMES.filter((form) => configured[form]);
}

/** Of the repositories that a source may announce. */
function latestOf(found: ReadonlyMap<string, number>, { allow }: SourceSettings): number | null {
  const times = [...found]
    .filter(([repository]) => allow.some((pattern) => matchesGlob(pattern, repository)))
    .map(([, at]) => at);
  return times.length === 0 ? null : Math.max(...times);
}
