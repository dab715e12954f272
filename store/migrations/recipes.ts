import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { refuseChanges } from './append-only.ts';

const recipeVersion = new Table({
  name: 'recipe_version',
  columns: [
    {
      name: 'id',
      type: 'integer',
      isPrimary: true,
      isGenerated: true,
      generationStrategy: 'increment',
    },
    { name: 'name', type: 'text' },
    { name: 'name_key', type: 'varchar', length: '255' },
    { name: 'version', type: 'integer' },
    { name: 'content', type: 'text' },
    { name: 'deleted', type: 'boolean' },
    { name: 'author', type: 'text' },
    { name: 'saved_at_ms', type: 'bigint' },
    { name: 'reason', type: 'text', isNullable: true },
  ],
  indices: [{ name: 'recipe_version_number', columnNames: ['name_key', 'version'], isUnique: true }],
});

/** Recipes with all their versions. */
export class Recipes1764200000000 implements MigrationInterface {
  readonly name = 'Recipes1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(recipeVersion, false, true, true);
    await refuseChanges(runner, 'recipe_version');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(recipeVersion);
  }
}
