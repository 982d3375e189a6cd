// This file is about the names that templates may call: each that the original knows is either there or refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VOCABULARY } from './vocabulary.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** What the template engine of external-secrets knows, by where its documentation lists it. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'the language': words(`
    and or not len index call html js print printf println urlquery eq ne lt le gt ge
  `),
  'external-secrets': words(`
    pkcs12key pkcs12keyPass pkcs12cert pkcs12certPass pemToPkcs12 pemToPkcs12Pass fullPemToPkcs12
    fullPemToPkcs12Pass pemTruststoreToPKCS12 pemTruststoreToPKCS12Pass filterPEM filterCertChain
    certSANs jwkPublicKeyPem jwkPrivateKeyPem toYaml fromYaml rsaDecrypt
  `),
  misc: words(`
    hello fail uuidv4
  `),
  date: words(`
    ago date date_in_zone date_modify dateInZone dateModify duration durationRound htmlDate
    htmlDateInZone must_date_modify mustDateModify mustToDate now toDate unixEpoch
  `),
  strings: words(`
    abbrev abbrevboth trunc trim upper lower title untitle substr repeat trimall trimAll trimSuffix
    trimPrefix nospace initials randAlphaNum randAlpha randAscii randNumeric swapcase shuffle
    snakecase camelcase kebabcase wrap wrapWith contains hasPrefix hasSuffix quote squote cat indent
    nindent replace plural sha1sum sha256sum sha512sum adler32sum toString split splitList splitn
    toStrings join sortAlpha
  `),
  numbers: words(`
    atoi int64 int float64 seq toDecimal until untilStep add1 add sub div mod mul randInt add1f addf
    subf divf mulf biggest max min maxf minf ceil floor round
  `),
  'defaults/json': words(`
    default empty coalesce all any compact mustCompact ternary fromJson toJson toPrettyJson
    toRawJson mustFromJson mustToJson mustToPrettyJson mustToRawJson deepCopy mustDeepCopy
  `),
  reflection: words(`
    typeOf typeIs typeIsLike kindOf kindIs deepEqual
  `),
  paths: words(`
    base dir clean ext isAbs osBase osClean osDir osExt osIsAbs
  `),
  encoding: words(`
    b64enc b64dec b32enc b32dec hexdec
  `),
  'dict/list': words(`
    tuple list dict get set unset hasKey pluck keys pick omit merge mergeOverwrite mustMerge
    mustMergeOverwrite values append push mustAppend mustPush prepend mustPrepend first mustFirst
    rest mustRest last mustLast initial mustInitial reverse mustReverse uniq mustUniq without
    mustWithout has mustHas slice mustSlice concat dig chunk mustChunk
  `),
  crypto: words(`
    bcrypt htpasswd genPrivateKey derivePassword buildCustomCert genCA genCAWithKey
    genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey encryptAES
    decryptAES randBytes
  `),
  semver: words(`
    semver semverCompare
  `),
  regex: words(`
    regexMatch mustRegexMatch regexFindAll mustRegexFindAll regexFind mustRegexFind regexReplaceAll
    mustRegexReplaceAll regexReplaceAllLiteral mustRegexReplaceAllLiteral regexSplit mustRegexSplit
    regexQuoteMeta
  `),
  url: words(`
    urlParse urlJoin
  `),
}

/** Refused by name: other answers at every rendering, other machines, or other formats. */
const REFUSED = words(`
    derivePassword encryptAES env expandenv fullPemToPkcs12 fullPemToPkcs12Pass genCA genCAWithKey genPrivateKey
    genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey getHostByName getSecretKey
    pemToPkcs12 pemToPkcs12Pass pemTruststoreToPKCS12 pemTruststoreToPKCS12Pass pkcs12cert pkcs12certPass pkcs12key
    pkcs12keyPass randAlpha randAlphaNum randAscii randBytes randInt randNumeric shuffle uuidv4
`)

for (const [group, names] of Object.entries(KNOWN)) {
  test(`every function of the original is supported or refused by name: ${group}`, () => {
    const missing = names.filter((name) => !VOCABULARY.functions.has(name) && !VOCABULARY.refused.has(name))
    assert.deepEqual(missing, [])
  })
}

test('what is refused is this list, and nothing of it is supported too', () => {
  assert.deepEqual([...VOCABULARY.refused.keys()].toSorted(), REFUSED.toSorted())
  assert.deepEqual(
    REFUSED.filter((name) => VOCABULARY.functions.has(name)),
    [],
  )
})

test('nothing is supported that the original does not know', () => {
  const known = new Set(Object.values(KNOWN).flat())
  assert.deepEqual(
    [...VOCABULARY.functions.keys()].filter((name) => !known.has(name)),
    [],
  )
})
