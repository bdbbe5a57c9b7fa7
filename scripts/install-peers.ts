import { installTool, TOOL_NAMES } from './peers';

async function main(): Promise<void> {
  for (const name of TOOL_NAMES) {
    const tool = await installTool(name);
    console.log(`${name}: ${tool.ok ? tool.value : `not there (${tool.reason})`}`);
  }
}

void main();
