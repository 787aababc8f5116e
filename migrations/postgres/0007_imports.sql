-- Many candidates, jobs, applications or résumés from one file, and what became of each of its rows.

-- state: pending, processing, done, failed, cancelled. Who imports is kept as they came: what they may do is asked again
-- whenever rows are made. columns: what each column of a table means. faults: why nothing, or nothing more, was read.
create table imports (
    tenant_id    uuid not null references tenants (id),
    id           uuid not null,
    kind         text not null,
    format       text not null,
    is_dry_run   bigint not null,
    on_duplicate text not null,
    columns      jsonb,
    encoding     text,
    source       text,
    file_id      uuid not null,
    size         bigint not null,
    state        text not null,
    faults       jsonb,
    rows_total   bigint,
    rows_read    bigint not null,
    rows_created bigint not null,
    rows_updated bigint not null,
    rows_skipped bigint not null,
    rows_failed  bigint not null,
    member_id    uuid not null,
    api_key_id   uuid,
    on_behalf_of uuid,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    finished_at  timestamptz,
    version      bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, file_id) references files (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, api_key_id) references api_keys (tenant_id, id),
    foreign key (tenant_id, on_behalf_of) references members (tenant_id, id)
);

create index imports_by_age on imports (finished_at);

-- number counts the rows of the file from 1, line the lines of a text. faults name places and codes, and no person's data.
create table import_rows (
    tenant_id uuid not null references tenants (id),
    import_id uuid not null,
    number    bigint not null,
    line      bigint,
    outcome   text not null,
    object_id text,
    faults    jsonb,
    primary key (tenant_id, import_id, number),
    foreign key (tenant_id, import_id) references imports (tenant_id, id)
);

create index import_rows_by_outcome on import_rows (tenant_id, import_id, outcome, number);

-- For exports, in the order of changes.
create index interviews_by_update on interviews (tenant_id, updated_at, id);
create index offers_by_update on offers (tenant_id, updated_at, id);
create index notes_by_update on notes (tenant_id, updated_at, id);

alter table imports enable row level security;
alter table imports force row level security;
create policy tenant on imports
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');

alter table import_rows enable row level security;
alter table import_rows force row level security;
create policy tenant on import_rows
    using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on')
    with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        or current_setting('app.system', true) = 'on');
