-- Many candidates, jobs, applications or résumés from one file, and what became of each of its rows.

-- state: pending, processing, done, failed, cancelled. Who imports is kept as they came: what they may do is asked again
-- whenever rows are made. columns: what each column of a table means. faults: why nothing, or nothing more, was read.
create table imports (
    tenant_id    blob not null references tenants (id),
    id           blob not null,
    kind         text not null,
    format       text not null,
    is_dry_run   integer not null,
    on_duplicate text not null,
    columns      text,
    encoding     text,
    source       text,
    file_id      blob not null,
    size         integer not null,
    state        text not null,
    faults       text,
    rows_total   integer,
    rows_read    integer not null,
    rows_created integer not null,
    rows_updated integer not null,
    rows_skipped integer not null,
    rows_failed  integer not null,
    member_id    blob not null,
    api_key_id   blob,
    on_behalf_of blob,
    created_at   text not null,
    updated_at   text not null,
    finished_at  text,
    version      integer not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, file_id) references files (tenant_id, id),
    foreign key (tenant_id, member_id) references members (tenant_id, id),
    foreign key (tenant_id, api_key_id) references api_keys (tenant_id, id),
    foreign key (tenant_id, on_behalf_of) references members (tenant_id, id)
) strict;

create index imports_by_age on imports (finished_at);

-- number counts the rows of the file from 1, line the lines of a text. faults name places and codes, and no person's data.
create table import_rows (
    tenant_id blob not null references tenants (id),
    import_id blob not null,
    number    integer not null,
    line      integer,
    outcome   text not null,
    object_id text,
    faults    text,
    primary key (tenant_id, import_id, number),
    foreign key (tenant_id, import_id) references imports (tenant_id, id)
) strict;

create index import_rows_by_outcome on import_rows (tenant_id, import_id, outcome, number);

-- For exports, in the order of changes.
create index interviews_by_update on interviews (tenant_id, updated_at, id);
create index offers_by_update on offers (tenant_id, updated_at, id);
create index notes_by_update on notes (tenant_id, updated_at, id);
