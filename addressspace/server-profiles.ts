const server = 'http://opcfoundation.org/UA-Profile/Server';
const userToken = 'http://opcfoundation.org/UA-Profile/Security/UserToken';
const policy = 'http://opcfoundation.org/UA/SecurityPolicy';

/** What the claims depend on. */
export interface Served {
  readonly allowUnsecured: boolean;
  readonly allowAnonymous: boolean;
  readonly hasHistory: boolean;
}

/**
 * What ServerProfileArray claims: the profiles and facets of OPC 10000-7 whose mandatory conformance units have a test each, as
 * docs/opcua-conformance.md lists them. A test compares the two.
 */
export function serverProfiles({ allowUnsecured, allowAnonymous, hasHistory }: Served): string[] {
  const history = ['HistoricalRawData', 'HistoricalDataAtTime', 'AggregateHistorical'];
  return [
    `${server}/StandardUA2017`,
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
    `${server}/ACAddressSpaceInstance`,
    ...(hasHistory ? history.map((facet) => `${server}/${facet}`) : []),
    'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary',
    `${policy}#Basic256Sha256`,
    `${policy}#Aes128_Sha256_RsaOaep`,
    `${policy}#Aes256_Sha256_RsaPss`,
    ...(allowUnsecured ? [`${policy}#None`] : []),
    `${userToken}/Server/UserNamePassword`,
    `${userToken}/Server/X509Certificate`,
    ...(allowAnonymous ? [`${userToken}/Anonymous`] : []),
  ];
}
