// Says in one sentence that somebody applied, and drops everything else.

import config from 'mortise:plugin/config@0.1.0';

export const transforming = {
  transform(context, event) {
    if (event.kind !== 'application.created') {
      return { tag: 'drop', val: `${event.kind} is no news` };
    }
    // What a tenant's admin has set; mortise-plugin.toml says what may be.
    const { greeting = 'News' } = JSON.parse(config.all());
    const id = JSON.parse(event.payload).subject_id;
    if (!id) {
      throw {
        kind: 'invalid-input',
        code: 'no_subject',
        message: 'The event names no application.',
        retryable: false,
        details: [],
      };
    }
    const text = `${greeting}: somebody applied (${id}).`;
    const body = utf8(JSON.stringify({ at: event.occurredAt, text }));
    return { tag: 'deliver', val: [{ headers: [], contentType: 'application/json', body }] };
  },
};

// QuickJS is the language alone: there is no TextEncoder.
function utf8(text) {
  return Uint8Array.from(unescape(encodeURIComponent(text)), (byte) => byte.charCodeAt(0));
}
