import type { AddressSpaceSettings } from './server-settings.ts';

const server = 'http://opcfoundation.org/UA-Profile/Server';
const security = 'http://opcfoundation.org/UA-Profile/Security';
const policy = 'http://opcfoundation.org/UA/SecurityPolicy';

/**
 * What ServerProfileArray claims: the profiles and facets of OPC 10000-7 whose mandatory conformance units have a test each, as
 * docs/opcua-conformance.md lists them. A test compares the two.
 */
export function serverProfiles(settings: Pick<AddressSpaceSettings, 'allowUnsecured' | 'allowAnonymous'>): string[] {
  return [
    `${server}/EmbeddedUA2017`,
    `${server}/MicroEmbeddedDevice2017`,
    `${server}/NanoEmbeddedDevice2017`,
    `${server}/Core2017Facet`,
    `${server}/EmbeddedDataChangeSubscription`,
    `${server}/StandardDataChangeSubscription2017`,
    `${server}/EnhancedDataChangeSubscription2017`,
    `${server}/DataAccess`,
    `${server}/Methods`,
    `${server}/ReverseConnect`,
    'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary',
    `${policy}#Basic256Sha256`,
    `${policy}#Aes128_Sha256_RsaOaep`,
    `${policy}#Aes256_Sha256_RsaPss`,
    ...(settings.allowUnsecured ? [`${policy}#None`] : []),
    `${security}/UserToken/Server/UserNamePassword`,
    ...(settings.allowAnonymous ? [`${security}/UserToken/Anonymous`] : []),
  ];
}
