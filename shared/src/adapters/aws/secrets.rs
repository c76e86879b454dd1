//! One secret in Secrets Manager for each connector.

use async_trait::async_trait;
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use aws_sdk_secretsmanager::operation::delete_secret::DeleteSecretError;
use aws_sdk_secretsmanager::operation::get_secret_value::{GetSecretValueError, GetSecretValueOutput};
use aws_sdk_secretsmanager::operation::update_secret_version_stage::UpdateSecretVersionStageError;
use secrecy::{ExposeSecret, SecretString};

use super::error::Failure;
use super::store::Store;
use crate::ports::{Result, SecretStore};
use crate::words::{ConnectorId, Credential};

/// Labels of secret versions. Secrets Manager moves them on every put:
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version>.
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// Stores the credentials.
#[derive(Clone)]
pub struct Secrets {
    store: Store,
}

impl Secrets {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }

    async fn read(&self, id: &ConnectorId, stage: &str) -> std::result::Result<GetSecretValueOutput, Failure> {
        let get = self.store.secrets_manager().get_secret_value().secret_id(self.name(id)).version_stage(stage);
        get.send().await.map_err(|error| match error.as_service_error() {
            // Secrets Manager answers "invalid" for a secret that is being deleted.
            Some(
                GetSecretValueError::ResourceNotFoundException(_) | GetSecretValueError::InvalidRequestException(_),
            ) => Failure::NotFound,
            _ => Failure::service("secretsmanager:GetSecretValue")(error),
        })
    }

    fn name(&self, id: &ConnectorId) -> String {
        format!("{}{id}", self.store.settings().secrets)
    }
}

fn opened(id: &ConnectorId, output: GetSecretValueOutput) -> std::result::Result<Credential, Failure> {
    let sealed = SecretString::from(output.secret_string.unwrap_or_default());
    // The parser's own message would quote the credential.
    serde_json::from_str(sealed.expose_secret()).map_err(|_| {
        Failure::Damaged(format!(
            "the stored credential of connector {id} is not readable; rotate it: PUT /v1/connectors/{id}/credential"
        ))
    })
}

#[async_trait]
impl SecretStore for Secrets {
    async fn put(&self, id: &ConnectorId, credential: &Credential) -> Result<()> {
        let sealed = credential.to_sealed_json();
        let secrets = self.store.secrets_manager();
        let create = secrets
            .create_secret()
            .name(self.name(id))
            .description(format!("Credential of Pairmeter connector {id}"))
            .set_kms_key_id(self.store.settings().secrets_key.clone())
            .secret_string(sealed.expose_secret());
        match create.send().await {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.as_service_error(), Some(CreateSecretError::ResourceExistsException(_))) => {
                let put = secrets.put_secret_value().secret_id(self.name(id)).secret_string(sealed.expose_secret());
                put.send().await.map_err(Failure::service("secretsmanager:PutSecretValue"))?;
                Ok(())
            }
            Err(error) => Err(Failure::service("secretsmanager:CreateSecret")(error).into()),
        }
    }

    async fn get(&self, id: &ConnectorId) -> Result<Credential> {
        Ok(opened(id, self.read(id, CURRENT).await?)?)
    }

    async fn previous(&self, id: &ConnectorId) -> Result<Credential> {
        Ok(opened(id, self.read(id, PREVIOUS).await?)?)
    }

    /// Removes the label. Secrets Manager then deletes the version, which can only be read by its ID.
    async fn forget_previous(&self, id: &ConnectorId) -> Result<()> {
        let version = match self.read(id, PREVIOUS).await {
            Err(Failure::NotFound) => return Ok(()),
            read => read?.version_id.unwrap_or_default(),
        };
        let forget = self.store.secrets_manager().update_secret_version_stage().secret_id(self.name(id));
        match forget.version_stage(PREVIOUS).remove_from_version_id(version).send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // Rotated or removed meanwhile: this version is not the previous one.
                Some(
                    UpdateSecretVersionStageError::ResourceNotFoundException(_)
                    | UpdateSecretVersionStageError::InvalidParameterException(_),
                ) => Ok(()),
                _ => Err(Failure::service("secretsmanager:UpdateSecretVersionStage")(error).into()),
            },
        }
    }

    async fn remove(&self, id: &ConnectorId) -> Result<()> {
        // Deletes without a recovery window: connector IDs are not reused, so the window would only keep the token
        // alive.
        let delete = self.store.secrets_manager().delete_secret().secret_id(self.name(id));
        match delete.force_delete_without_recovery(true).send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(
                    DeleteSecretError::ResourceNotFoundException(_) | DeleteSecretError::InvalidRequestException(_),
                ) => Ok(()),
                _ => Err(Failure::service("secretsmanager:DeleteSecret")(error).into()),
            },
        }
    }
}
