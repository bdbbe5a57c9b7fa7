import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings, type SourceSettings } from '../../config/settings';
import type { SourceKind } from '../../config/source-kinds';
import { DomainError } from '../../core/domain-error';
import { globMatcher } from '../../core/glob';
import type { RepositoryName } from '../../core/names';
import { MOST_BODY_BYTES } from '../../http/fastify';
import { Clock } from '../../runtime/clock';
import { SourceActivity } from '../source-activity';
import { AcrSender } from './acr.sender';
import { AlibabaSender } from './alibaba.sender';
import { Authentication, refuseUnknownSource } from './authentication';
import { CdeventsSender } from './cdevents.sender';
import { DistributionSender } from './distribution.sender';
import { DockerHubSender } from './docker-hub.sender';
import { EcrSender } from './ecr.sender';
import { GarSender } from './gar.sender';
import { GenericSender } from './generic.sender';
import { ForgejoSender, GiteaSender } from './gitea.sender';
import { GithubSender } from './github.sender';
import { GitlabSender } from './gitlab.sender';
import { HarborSender } from './harbor.sender';
import { JenkinsSender } from './jenkins.sender';
import { QuaySender } from './quay.sender';
import { RemoteProofs } from './remote-proofs';
import { refusalIn } from './refusal';
import type { SenderContext } from './sender';
import type { IncomingWebhook, Proof, Sender } from './source';
import { ZotSender } from './zot.sender';

/** A new kind of sender is one file and one line here. */
const SENDERS: Readonly<
  Record<Exclude<SourceKind, 'generic'>, new (context: SenderContext) => Sender>
> = {
  distribution: DistributionSender,
  'docker-hub': DockerHubSender,
  harbor: HarborSender,
  quay: QuaySender,
  gitlab: GitlabSender,
  github: GithubSender,
  gitea: GiteaSender,
  forgejo: ForgejoSender,
  zot: ZotSender,
  acr: AcrSender,
  ecr: EcrSender,
  gar: GarSender,
  alibaba: AlibabaSender,
  jenkins: JenkinsSender,
  cdevents: CdeventsSender,
};

/** One configured sender of webhooks. */
export interface Source {
  readonly id: string;
  /** Whether one of its globs takes in a repository. */
  readonly mayAnnounce: (repository: RepositoryName) => boolean;
  readonly sender: Sender;
}

interface GuardedSource extends Source {
  readonly authentication: Authentication;
}

export interface AdmittedRequest {
  readonly source: Source;
  readonly proof: Proof;
}

/** The configured sources by id. */
@Injectable()
export class Sources {
  private readonly byId: ReadonlyMap<string, GuardedSource>;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly proofs: RemoteProofs,
    private readonly clock: Clock,
    private readonly activity: SourceActivity,
  ) {
    this.byId = new Map(Array.from(settings.sources, ([id, source]) => [id, this.make(source)]));
  }

  /** Undefined for an unknown id: whoever asks must not let the caller see that. */
  find(id: string): Source | undefined {
    return this.byId.get(id);
  }

  /** What the most talkative of the configured sources may send in one body. */
  mostBodyBytes(): number {
    const sizes = Array.from(this.byId.values(), ({ sender }) => sender.mostBodyBytes);
    return Math.max(MOST_BODY_BYTES, ...sizes);
  }

  /** The source of an id that authenticates a request. Throws `source-unknown` or what it throws. */
  async admit(id: string, webhook: IncomingWebhook): Promise<AdmittedRequest> {
    const source = this.byId.get(id);
    const now = this.clock.now();
    if (source === undefined) return refuseUnknownSource(webhook, now);
    try {
      return { source, proof: await source.authentication.check(webhook, now) };
    } catch (error) {
      const refused = refusalIn(error);
      if (refused !== undefined) this.activity.noteRefusal(id, now, refused);
      throw error;
    }
  }

  private make(settings: SourceSettings): GuardedSource {
    const sender = this.senderOf(settings);
    const remote = this.proofs.of(settings);
    const authentication = new Authentication(settings, sender, remote);
    const allowed = settings.allow.map(globMatcher);
    const mayAnnounce = (repository: RepositoryName): boolean =>
      allowed.some((matches) => matches(repository));
    return { id: settings.id, mayAnnounce, sender, authentication };
  }

  private senderOf(source: SourceSettings): Sender {
    if (source.kind === 'generic') {
      return new GenericSender(new Set(this.settings.registries.keys()));
    }
    const registry = this.settings.registries.get(source.registry);
    if (registry !== undefined) {
      return new SENDERS[source.kind]({ sourceId: source.id, registry, images: source.images });
    }
    const sentence = `the source ${source.id} names the registry ${source.registry}, which is not configured`;
    throw new DomainError('registry-unknown', sentence);
  }
}
