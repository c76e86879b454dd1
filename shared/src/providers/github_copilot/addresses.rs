//! Chooses a person's e-mail address among those that GitHub has.
//!
//! In this order: the primary address that SCIM provisioned; the primary address that SAML stated; a SAML `nameId`,
//! or else a SCIM user name, that is an e-mail address; an address of a domain that the organization has verified. In
//! a list with one address, it is the primary one; in a list of several without a primary mark, none is chosen. Of
//! two equally good addresses, the alphabetically first counts. Addresses are lowercase.

use std::borrow::Cow;

use crate::providers::fields::{Id, Text, record};

record! {
    /// A page of either list.
    AddressPage<'a> {
        data: Option<Data<'a>>,
    }
}

record! {
    Data<'a> {
        organization: Option<Organization<'a>>,
        enterprise: Option<Enterprise<'a>>,
    }
}

record! {
    Organization<'a> {
        saml as "samlIdentityProvider": Option<IdentityProvider<'a>>,
        members as "membersWithRole": Option<Members<'a>>,
    }
}

record! {
    Enterprise<'a> {
        owner_info as "ownerInfo": Option<OwnerInfo<'a>>,
    }
}

record! {
    OwnerInfo<'a> {
        saml as "samlIdentityProvider": Option<IdentityProvider<'a>>,
        oidc as "oidcProvider": Option<IdentityProvider<'a>>,
    }
}

record! {
    IdentityProvider<'a> {
        identities as "externalIdentities": Option<Identities<'a>>,
    }
}

record! {
    Identities<'a> {
        nodes: Option<Vec<Option<Identity<'a>>>>,
    }
}

record! {
    /// One person at the identity provider. `user` is null until a GitHub user is linked to it.
    Identity<'a> {
        user: Option<User<'a>>,
        saml as "samlIdentity": Option<Attributes<'a>>,
        scim as "scimIdentity": Option<Attributes<'a>>,
    }
}

record! {
    Attributes<'a> {
        name_id as "nameId": Text<'a>,
        username: Text<'a>,
        emails: Option<Vec<Email<'a>>>,
    }
}

record! {
    Email<'a> {
        value: Text<'a>,
        primary: Option<bool>,
    }
}

record! {
    Members<'a> {
        nodes: Option<Vec<Option<User<'a>>>>,
    }
}

record! {
    User<'a> {
        id as "databaseId": Option<Id<'a>>,
        verified as "organizationVerifiedDomainEmails": Option<Vec<Text<'a>>>,
    }
}

/// Sources of an address, the best one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Scim,
    Saml,
    NameId,
    UserName,
    VerifiedDomain,
}

/// An address of a person. The least of several is used.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    source: Source,
    pub(super) email: String,
}

impl<'a> AddressPage<'a> {
    /// The people of a page of identities, each with the best address; `None` if it is not such a page.
    pub(super) fn identities(&self) -> Option<impl Iterator<Item = (&Id<'a>, Address)>> {
        let data = self.data.as_ref()?;
        let of_organization = data.organization.as_ref().and_then(|organization| organization.saml.as_ref());
        let owner_info = data.enterprise.as_ref().and_then(|enterprise| enterprise.owner_info.as_ref());
        let of_enterprise = owner_info.and_then(|info| info.saml.as_ref().or(info.oidc.as_ref()));
        let nodes = of_organization.or(of_enterprise)?.identities.as_ref()?.nodes.as_ref()?;
        Some(nodes.iter().flatten().filter_map(|identity| {
            let user = identity.user.as_ref()?.id.as_ref()?;
            Some((user, identity.address()?))
        }))
    }

    /// The members of a page of verified addresses, each with all addresses; `None` if it is not such a page.
    pub(super) fn verified(&self) -> Option<impl Iterator<Item = (&Id<'a>, Address)>> {
        let members = self.data.as_ref()?.organization.as_ref()?.members.as_ref()?;
        let nodes = members.nodes.as_ref()?;
        Some(nodes.iter().flatten().flat_map(|member| {
            let emails = member.verified.iter().flatten().filter_map(address);
            let addresses = emails.map(|email| Address { source: Source::VerifiedDomain, email });
            addresses.filter_map(|address| Some((member.id.as_ref()?, address)))
        }))
    }
}

impl Identity<'_> {
    fn address(&self) -> Option<Address> {
        let (saml, scim) = (self.saml.as_ref(), self.scim.as_ref());
        let name_id = || address(&saml?.name_id);
        let user_name = || address(&scim?.username);
        let of = |source| move |email| Address { source, email };
        let scim = scim.and_then(Attributes::primary).map(of(Source::Scim));
        let saml = || saml.and_then(Attributes::primary).map(of(Source::Saml));
        scim.or_else(saml)
            .or_else(|| name_id().map(of(Source::NameId)))
            .or_else(|| user_name().map(of(Source::UserName)))
    }
}

impl Attributes<'_> {
    fn primary(&self) -> Option<String> {
        let emails = self.emails.as_deref().unwrap_or_default();
        let chosen = match emails {
            [only] => Some(only),
            several => several.iter().filter(|email| email.primary == Some(true)).min_by_key(|email| &email.value),
        };
        address(&chosen?.value)
    }
}

/// The address in a text, if any. Entra ID names guests by `#EXT#` texts that receive no mail.
pub(super) fn address(text: &Option<Cow<'_, str>>) -> Option<String> {
    let text = text.as_deref()?.trim();
    let (name, domain) = text.split_once('@')?;
    let is_part =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || matches!(c, '@' | '#'));
    let is_address = is_part(name) && is_part(domain) && domain.contains('.');
    is_address.then(|| text.to_lowercase())
}
