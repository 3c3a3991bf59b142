import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs with the schema as search path. `fillfactor` leaves room on the page for rows that change a few times soon after they came. */
export class Tables1795000000000 implements MigrationInterface {
  readonly name = 'Tables1795000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    const names = [...UP.matchAll(/CREATE TABLE (\w+)/g)].map((match) => match[1]);
    await runner.query(`DROP TABLE ${names.join(', ')}`);
  }
}

/** The audit trail by command, with outcomes; its rows come from the gateway's topic, which is followed again from its start. */
export class AuditByCommand1795100000000 implements MigrationInterface {
  readonly name = 'AuditByCommand1795100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE audit;
      CREATE TABLE audit (
        id text PRIMARY KEY, workspace text, at double precision, actor jsonb, actor_key text, operation text, detail jsonb, outcome jsonb, settled_at double precision);
      CREATE INDEX ON audit (workspace, at DESC, id DESC);
      DELETE FROM projection_cursor WHERE topic = 'gateway'`);
  }

  async down(): Promise<void> {
    throw new Error('a projection is not migrated back: drop its schema, and it is made from the log');
  }
}

const UP = `
CREATE TABLE projection_cursor (topic text, partition integer, seq bigint NOT NULL, cursor json, PRIMARY KEY (topic, partition));

CREATE TABLE workspace (id text PRIMARY KEY, title text, created_at double precision);
CREATE TABLE api_key (
  id text PRIMARY KEY, workspace text, name text, role text, prefix text, created_at double precision, created_by text, expires_at double precision, revoked_at double precision);
CREATE INDEX ON api_key (workspace);

CREATE TABLE workflow (workspace text, name text, version integer, description text, tasks integer, applied_at double precision, PRIMARY KEY (workspace, name));
CREATE TABLE workflow_version (
  workspace text, workflow text, version integer, definition jsonb, source text, applied_at double precision, PRIMARY KEY (workspace, workflow, version));

CREATE TABLE run (
  id text PRIMARY KEY, workspace text, workflow text, version integer, status text, params jsonb, cause jsonb, priority double precision,
  created_at double precision, started_at double precision, ended_at double precision, reason text, failed_task text, outputs jsonb, retry_of text
) WITH (fillfactor = 70);
CREATE INDEX ON run (workspace, created_at DESC, id DESC);

CREATE TABLE task (
  run text, name text, ordinal integer, parent text, index integer, count integer, title text, kind text, needs jsonb, status text, attempt integer,
  ready_at double precision, ended_at double precision, outputs jsonb, failure jsonb, reason text, waiting_on text, waiting_for text, retry_at double precision,
  PRIMARY KEY (run, name)
) WITH (fillfactor = 70);

CREATE TABLE attempt (
  run text, task text, attempt integer, workspace text, workflow text, pool text, priority double precision, resources jsonb, queued_at double precision, queue_reason text,
  placed_at double precision, node text, gpus jsonb, policy text, runner_up text, left_at double precision, left_by text,
  status text, ordered_at double precision, started_at double precision, ended_at double precision, failure jsonb, reason text, files jsonb,
  PRIMARY KEY (run, task, attempt)
) WITH (fillfactor = 70);
CREATE INDEX attempt_in_pool ON attempt (pool) WHERE left_at IS NULL;

CREATE TABLE log_chunk (
  run text, task text, attempt integer, chunk integer, hash text, size integer, stored_at double precision, PRIMARY KEY (run, task, attempt, chunk));

CREATE TABLE model_pin (run text, task text, alias text, model text, version text, pinned_at double precision, PRIMARY KEY (run, task, alias));
CREATE TABLE model (name text PRIMARY KEY, latest text, published_at double precision);
CREATE TABLE model_version (
  model text, version text, metrics jsonb, schema jsonb, artifact jsonb, lineage jsonb, workspace text, run text, task text, published_at double precision,
  PRIMARY KEY (model, version));
CREATE TABLE model_alias (model text, alias text, version text, previous text, set_at double precision, PRIMARY KEY (model, alias));
CREATE TABLE model_grant (model text, grantee text, granted_at double precision, PRIMARY KEY (model, grantee));
CREATE INDEX ON model_grant (grantee);

CREATE TABLE node (pool text, name text, state text, capacity jsonb, boot text, changed_at double precision, reason text, PRIMARY KEY (pool, name));
CREATE TABLE pool (name text PRIMARY KEY, title text, set_at double precision);
CREATE TABLE quota (pool text, grantee text, "limit" jsonb, set_at double precision, PRIMARY KEY (pool, grantee));

CREATE TABLE trigger (
  workspace text, id text, workflow text, definition jsonb, declared boolean, applied_at double precision, fired_at double precision, occasion text,
  conflict_at double precision, conflict text, PRIMARY KEY (workspace, id));

CREATE TABLE destination (workspace text, name text, kind text, shown text, events jsonb, added_at double precision, PRIMARY KEY (workspace, name));
CREATE TABLE delivery (
  id text PRIMARY KEY, workspace text, destination text, event text, subject text, text text, status text, tries integer,
  requested_at double precision, next_at double precision, ended_at double precision, error text);
CREATE INDEX ON delivery (workspace, requested_at DESC, id DESC);

CREATE TABLE audit (id text PRIMARY KEY, workspace text, at double precision, actor jsonb, command text, operation text, detail jsonb, problem jsonb);
CREATE INDEX ON audit (workspace, at DESC, id DESC);
`;
