-- Language models that plugins may ask: what a tenant says of them, and what was spent. What was asked and answered is not kept.

-- url: an endpoint of the tenant's own, null for the operator's. sealed_key: its credential. models: those that may be asked.
create table inference_settings (
    tenant_id        blob not null references tenants (id),
    url              text,
    sealed_key       blob,
    models           text not null,
    embedding_model  text,
    tokens_per_month integer,
    updated_at       text not null,
    version          integer not null,
    primary key (tenant_id)
) strict;

-- month: in UTC, as 2026-03. tokens: read and written, with those that are taken for calls under way.
create table inference_usages (
    tenant_id  blob not null references tenants (id),
    month      text not null,
    calls      integer not null,
    tokens     integer not null,
    updated_at text not null,
    primary key (tenant_id, month)
) strict;

-- Null where no model was asked.
alter table plugin_runs add column inference_tokens integer;
