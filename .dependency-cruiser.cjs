/** The layers of docs/architecture.md: who may import whom. Checked by `npm run layers` as part of `npm run check`. */
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { pathNot: [...allowed, '^node_modules/'], dependencyTypesNot: ['core'] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'machine-is-pure',
      comment: 'machine/ imports nothing but itself: no package, no node: module',
      severity: 'error',
      from: { path: '^machine/' },
      to: { pathNot: '^machine/' },
    },
    layer('config-knows-machine', '^config/', [
      '^config/',
      '^machine/',
      '^drivers/codec/',
      '^drivers/declaration\\.ts$',
      '^drivers/modbus-server/(declaration|register-size)\\.ts$',
      '^drivers/plan/',
      '^drivers/line/declared-load\\.ts$',
    ]),
    layer('drivers-know-machine', '^drivers/', ['^drivers/', '^machine/', '^operations/ports/']),
    layer('addressspace-knows-machine', '^addressspace/', ['^addressspace/', '^machine/', '^operations/ports/']),
    layer('historian-knows-machine', '^historian/', ['^historian/', '^machine/', '^operations/ports/']),
    layer('store-knows-machine', '^store/', ['^store/', '^machine/', '^operations/ports/']),
    layer('operations-knows-machine', '^operations/', ['^operations/', '^machine/']),
    layer('api-knows-machine', '^api/', ['^api/', '^machine/', '^operations/']),
    layer('simulator-shares-config-and-codecs', '^simulator/', [
      '^simulator/',
      '^config/',
      '^drivers/codec/',
      '^drivers/declaration\\.ts$',
      '^drivers/slave/',
    ]),
    layer('web-stands-alone', '^web/', ['^web/']),
    {
      name: 'product-needs-no-dev-package',
      severity: 'error',
      from: { path: '^(machine|config|drivers|addressspace|historian|store|operations|api|server|simulator)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types' },
    },
    {
      name: 'product-needs-no-test',
      severity: 'error',
      from: { pathNot: '^(test|scripts)/' },
      to: { path: '^(test|scripts)/' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^web/dist' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
};
