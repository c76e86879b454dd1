// The links between the identities of a person.
import type { IdentityLink, IdentityOfPerson } from '../../api/types';

export interface Reason {
  link: IdentityLink;
  /** The identity that the link leads to. */
  other: IdentityOfPerson;
}

/** The link of each identity to an earlier one, by id. The first identity has none. */
export function reasons(identities: readonly IdentityOfPerson[], links: readonly IdentityLink[]): Map<string, Reason> {
  const byId = new Map(identities.map((identity) => [identity.id, identity]));
  const reasonById = new Map<string, Reason>();
  const reached = identities.slice(0, 1);
  for (const from of reached) {
    for (const link of links) {
      const otherId = link.one === from.id ? link.other : link.other === from.id ? link.one : undefined;
      const identity = otherId === undefined ? undefined : byId.get(otherId);
      if (identity === undefined || reached.includes(identity)) continue;
      reasonById.set(identity.id, { link, other: from });
      reached.push(identity);
    }
  }
  return reasonById;
}
