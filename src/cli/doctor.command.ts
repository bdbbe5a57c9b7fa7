import { z } from 'zod';
import { ApiClient, repositoryOf, SERVER_HELP, SERVER_OPTIONS } from './api-client';
import { type Command, type CommandCall, EXIT, UsageError } from './command';
import { type OutputFormat, outputFormatOf, textOption } from './command-line';
import { type CheckGroup, hasFailed, printChecks, summaryOf } from './doctor-output';
import { chosenOf } from './doctor-choice';
import { checkSettings } from './doctor-settings';
import { checkService } from './service-checks';
import { checkSources } from './source-checks';

const HELP = `Usage: tagward doctor [--registry ID] [--repository REPOSITORY] [--source ID]
       tagward doctor --pre [--config FILE]

What each registry can do, whether its account may pull, push and delete, whether each source still
sends, and what to change: asks a service, which asks its registries. Changes nothing: an upload is begun and cancelled, and names that
nobody has are deleted. Needs a token that may operate. Ends with 1 when a check failed.

Options
      --registry ID      this registry only
      --source ID        this source only
      --repository NAME  where the account is tried, such as local/gallery/ui; without it in the
                         repository that the service met last
      --pre              look at the configuration here instead, with no service
      --config FILE      with --pre; TAGWARD_CONFIG, or ./tagward.yaml
${SERVER_HELP}`;

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'what each registry can do, whether its account suffices and each source sends',
  help: HELP,
  options: {
    ...SERVER_OPTIONS,
    registry: { type: 'string' },
    source: { type: 'string' },
    pre: { type: 'boolean' },
    config: { type: 'string' },
  },
  mostOperands: 0,
  run: runDoctor,
};

const CheckBody = z.object({
  name: z.string(),
  status: z.enum(['ok', 'warn', 'fail', 'unknown']),
  text: z.string(),
  fix: z.string().exactOptional(),
});
const Capabilities = z.record(z.string(), z.string());
const Registries = z.object({ items: z.array(z.object({ id: z.string() })) });
const DiagnosisBody = z.object({
  id: z.string(),
  url: z.string(),
  repository: z.string().nullable(),
  checks: z.array(CheckBody),
  capabilities: Capabilities,
});
type DiagnosisBody = z.infer<typeof DiagnosisBody>;

async function runDoctor(call: CommandCall): Promise<number> {
  const format = outputFormatOf(call.options);
  if (call.options['pre'] === true) return lookAtSettings(call, format);
  if (call.options['config'] !== undefined) throw new UsageError('--config goes with --pre only');
  const wanted = wantedOf(call);
  const service = ApiClient.of(call);
  const checks = await checkService(service, () => call.io.now());
  const isAll = wanted.registry === undefined && wanted.source === undefined;
  const sources =
    isAll || wanted.source !== undefined
      ? await checkSources(service, wanted.source, () => call.io.now())
      : [];
  const registries =
    isAll || wanted.registry !== undefined ? await diagnoseRegistries(call, service, wanted) : [];
  const groups: readonly CheckGroup[] = [
    { registry: null, checks },
    ...registries.map((one) => ({ registry: one.id, checks: one.checks })),
    ...sources.map((one) => ({ registry: null, source: one.id, checks: one.checks })),
  ];
  const data = { service: { url: service.origin, checks }, registries, sources };
  return report(groups, data, { format, call });
}

async function diagnoseRegistries(
  { io }: CommandCall,
  service: ApiClient,
  { registry, repository }: Wanted,
): Promise<readonly DiagnosisBody[]> {
  const { items } = await service.get('registries', Registries);
  const registries: DiagnosisBody[] = [];
  const known = items.map(({ id }) => id);
  for (const id of chosenOf(known, { what: 'registry', id: registry })) {
    io.stderr.write(`looking at ${id} ...\n`);
    const body = repository === undefined ? {} : { repository };
    registries.push(await service.post(`registries/${id}/diagnoses`, body, DiagnosisBody));
  }
  return registries;
}

function lookAtSettings(call: CommandCall, format: OutputFormat): number {
  const { options, io } = call;
  const tooMuch = ['registry', 'repository', 'source', 'server', 'token-file'].find(
    (name) => options[name] !== undefined,
  );
  if (tooMuch !== undefined) {
    throw new UsageError(`--pre looks at the configuration here; leave out --${tooMuch}`);
  }
  const checks = checkSettings(textOption(options, 'config'), io);
  return report([{ registry: null, checks }], { checks }, { format, call });
}

function report(
  groups: readonly CheckGroup[],
  data: unknown,
  how: { readonly format: OutputFormat; readonly call: CommandCall },
): number {
  printChecks(groups, data, how);
  how.call.io.stderr.write(`${summaryOf(groups)}\n`);
  return hasFailed(groups) ? EXIT.failure : EXIT.ok;
}

interface Wanted {
  readonly registry: string | undefined;
  readonly repository: string | undefined;
  readonly source: string | undefined;
}

/** A repository names its registry, too. */
function wantedOf({ options }: CommandCall): Wanted {
  const registry = textOption(options, 'registry');
  const given = textOption(options, 'repository');
  const source = textOption(options, 'source');
  if (given === undefined) return { registry, repository: undefined, source };
  const { repository } = repositoryOf(given, 'doctor');
  const [own] = repository.split('/');
  if (registry === undefined || registry === own) return { registry: own, repository, source };
  throw new UsageError(`${repository} is a repository of another registry than ${registry}`);
}
