// Writes a copy of an OpenAPI 3.0 description whose answers are closed: an
// object holds the properties that its schema names and no others, unless the
// schema speaks of additional ones itself. The copy says nothing about bodies
// of requests. In it, GET /restapi has to answer with a field that exists
// nowhere, so that the check can be checked.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [tools, from, to] = process.argv.slice(2);
const { load } = createRequire(`${tools}/`)('js-yaml');
const description = load(readFileSync(from, 'utf8'));

const resolved = (schema) => (schema.$ref ? description.components.schemas[schema.$ref.split('/').pop()] : schema);

// All parts of an `allOf` as one object; nothing if a part is no plain object.
function merged(schema) {
  const { allOf, ...own } = resolved(schema);
  if (!allOf) return own.properties && own;
  const parts = allOf.map(merged);
  if (!parts.every(Boolean)) return undefined;
  const required = [...new Set(parts.flatMap((part) => part.required ?? []))];
  return {
    ...own,
    type: 'object',
    properties: Object.assign({}, ...parts.map((part) => part.properties)),
    ...(required.length && { required }),
  };
}

function closed(node) {
  if (Array.isArray(node)) return node.map(closed);
  if (!node || typeof node !== 'object') return node;
  const schema = node.allOf ? merged(node) : node;
  // Parts of something that stays open must stay open themselves.
  if (!schema) return node;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, key === 'example' ? value : closed(value)]));
  const isObject = (copy.type ?? 'object') === 'object' && typeof copy.properties === 'object';
  return isObject && !('additionalProperties' in copy) ? { ...copy, additionalProperties: false } : copy;
}

for (const path of Object.values(description.paths)) {
  for (const { requestBody } of Object.values(path)) {
    for (const body of Object.values(requestBody?.content ?? {})) body.schema = {};
  }
}
const copy = closed(description);
const answer = copy.paths['/restapi'].get.responses['200'].content['application/json'];
answer.schema = { type: 'object', required: ['plantedByConformance'] };
writeFileSync(to, JSON.stringify(copy));
