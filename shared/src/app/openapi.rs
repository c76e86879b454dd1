//! The OpenAPI document: what the routes say about themselves, and what holds for all of them.

use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, ResponseBuilder, Responses,
};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{self, Problem};
use crate::words::{ConnectorStateChanged, PollFinished, TokenExpiring};

const SECURITY: &str = "bearer";

/// One document of several; every operation gets the problems that any operation may answer with.
pub fn document(parts: impl IntoIterator<Item = OpenApi>) -> OpenApi {
    let info = InfoBuilder::new().title("Pairmeter").version(env!("CARGO_PKG_VERSION")).description(Some(
        "Measures AI coding assistants. Times are RFC 3339, days ISO 8601, all UTC. Null means that the provider does not report the value.",
    ));
    let mut document = OpenApiBuilder::new().info(info).build();
    for part in parts {
        document.merge(part);
    }
    let components = document.components.get_or_insert_with(Components::new);
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme(SECURITY, SecurityScheme::Http(bearer));
    document.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(SECURITY, [])]);
    document.webhooks = Some(events(components));
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            let takes = |name: &str| {
                let mut parameters = operation.parameters.iter().flatten();
                parameters.any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
            };
            let found = path.contains('{') || takes("connector");
            let body = operation.request_body.is_some();
            add_problems(&mut operation.responses, found, body);
        }
    }
    document
}

/// Events for subscribers: on AWS, events on the stack's bus with the source `pairmeter`, the name as `detail-type` and
/// the body as `detail`.
fn events(components: &mut Components) -> Paths {
    fn event<E: ToSchema>(components: &mut Components, about: &str) -> (String, PathItem) {
        let name = E::name().into_owned();
        let mut schemas = vec![(name.clone(), E::schema())];
        E::schemas(&mut schemas);
        components.schemas.extend(schemas);
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(&name))).build();
        let body = RequestBodyBuilder::new().content("application/json", content).build();
        let operation = OperationBuilder::new()
            .summary(Some(about))
            .description(Some("On AWS, an event on the stack's bus: source `pairmeter`, this name as `detail-type`, this body as `detail`. Delivered at least once, unordered."))
            .tag("events")
            .request_body(Some(body))
            .response("200", ResponseBuilder::new().description("The response is ignored."));
        (name, PathItem::new(HttpMethod::Post, operation))
    }
    let events = [
        event::<PollFinished>(components, "A poll finished, with or without success"),
        event::<ConnectorStateChanged>(components, "A connector became active, failing, `owner_must_act` or paused"),
        event::<TokenExpiring>(components, "A token expires soon; sent once for each threshold"),
    ];
    let mut paths = Paths::new();
    paths.paths.extend(events);
    paths
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let reading = [&mut item.get, &mut item.head];
    let writing = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    reading.into_iter().chain(writing).flatten()
}

fn add_problems(responses: &mut Responses, found: bool, body: bool) {
    let every = [
        (true, "400", "A parameter or field is wrong; `field` names it."),
        (true, "401", "The token is missing or not valid."),
        (found, "404", "Not found: for example, no connector has this id."),
        (body, "413", "The body is too large."),
        (body, "415", "The body is not JSON."),
        (true, "500", "Internal error. The log contains the cause under this request ID."),
        (true, "503", "Temporarily unavailable. Try again after the seconds or the date in `Retry-After`."),
    ];
    for (_, status, description) in every.into_iter().filter(|(applies, ..)| *applies) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
        let response = ResponseBuilder::new().description(description).content(problem::CONTENT_TYPE, content).build();
        let responses = responses.responses.entry(status.to_owned());
        responses.or_insert(RefOr::T(response));
    }
}
