-- Language models that plugins may ask: what a tenant says of them, and what was spent. What was asked and answered is not kept.

-- url: an endpoint of the tenant's own, null for the operator's. sealed_key: its credential. models: those that may be asked.
create table inference_settings (
    tenant_id        uuid not null references tenants (id),
    url              text,
    sealed_key       bytea,
    models           jsonb not null,
    embedding_model  text,
    tokens_per_month bigint,
    updated_at       timestamptz not null,
    version          bigint not null,
    primary key (tenant_id)
);

-- month: in UTC, as 2026-03. tokens: read and written, with those that are taken for calls under way.
create table inference_usages (
    tenant_id  uuid not null references tenants (id),
    month      text not null,
    calls      bigint not null,
    tokens     bigint not null,
    updated_at timestamptz not null,
    primary key (tenant_id, month)
);

-- Null where no model was asked.
alter table plugin_runs add column inference_tokens bigint;

-- Row-level security, as in the first migration.

alter table inference_settings enable row level security;
alter table inference_settings force row level security;
create policy tenant on inference_settings
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

alter table inference_usages enable row level security;
alter table inference_usages force row level security;
create policy tenant on inference_usages
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
