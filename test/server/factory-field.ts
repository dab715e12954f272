import assert from 'node:assert/strict';
import { loadConfiguration } from '../../config/load.ts';
import type { FieldDeclaration } from '../../drivers/declaration.ts';

/** The lines and modules of the factory machine. */
export function factoryField(): FieldDeclaration {
  const loaded = loadConfiguration('config/tvemicro.yaml', {});
  assert.ok(loaded.ok);
  return loaded.configuration.field;
}
