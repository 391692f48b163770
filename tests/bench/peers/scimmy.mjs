// SCIM by scimmy-routers and express, in memory, as the documentation of both shows it.
//
//   node scimmy.mjs PORT TOKEN USERS

import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token, count] = process.argv.slice(2);
const users = new Map(), groups = new Map();
let last = Number(count);

function handlers(resources) {
  return {
    egress(resource) {
      if (resource.id) {
        if (!resources.has(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
        return resources.get(resource.id);
      }
      const all = [...resources.values()];
      return resource.filter ? resource.filter.match(all) : all;
    },
    ingress(resource, data) {
      const id = resource.id ?? String(++last);
      const now = new Date().toISOString();
      const kept = { ...data, id, meta: { created: resources.get(id)?.meta.created ?? now, lastModified: now } };
      resources.set(id, kept);
      return kept;
    },
    degress(resource) {
      resources.delete(resource.id);
    },
  };
}

for (let n = 0; n < Number(count); n++) {
  const id = String(n + 1), now = new Date().toISOString(), name = `person.${n}@example.com`;
  users.set(id, {
    id, userName: name, externalId: `00u${n}`, displayName: `Given${n} Family${n}`, active: true, title: "Engineer",
    name: { givenName: `Given${n}`, familyName: `Family${n}` },
    emails: [{ value: name, type: "work", primary: true }], meta: { created: now, lastModified: now },
  });
}
groups.set("g1", {
  id: "g1", displayName: "Group of 1000", members: [...users.keys()].slice(0, 1000).map((value) => ({ value })), meta: {},
});
SCIMMY.Resources.declare(SCIMMY.Resources.User, handlers(users));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, handlers(groups));

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
  type: "bearer",
  handler: (request) => {
    if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("who are you?");
    return "caller";
  },
}));
app.listen(Number(port), "127.0.0.1");
