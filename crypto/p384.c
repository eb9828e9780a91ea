/* crypto/p384.c — the constants of secp384r1, FIPS 186-4 D.1.2.4; the work is in crypto/weierstrass.h. */
#include "crypto/p384.h"

#define LIMBS 6
#include "crypto/weierstrass.h"

static const struct modulus field = {
    .m = {{0x00000000ffffffff, 0xffffffff00000000, 0xfffffffffffffffe, 0xffffffffffffffff, 0xffffffffffffffff,
           0xffffffffffffffff}},
    .rr = {{0xfffffffe00000001, 0x0000000200000000, 0xfffffffe00000000, 0x0000000200000000,
            0x0000000000000001, 0x0000000000000000}},
    .one = {{0xffffffff00000001, 0x00000000ffffffff, 0x0000000000000001, 0x0000000000000000,
             0x0000000000000000, 0x0000000000000000}},
    .n0 = 0x100000001,
};
static const struct modulus order = {
    .m = {{0xecec196accc52973, 0x581a0db248b0a77a, 0xc7634d81f4372ddf, 0xffffffffffffffff, 0xffffffffffffffff,
           0xffffffffffffffff}},
    .rr = {{0x2d319b2419b409a9, 0xff3d81e5df1aa419, 0xbc3e483afcb82947, 0xd40d49174aab1cc5,
            0x3fb05b7a28266895, 0x0c84ee012b39bf21}},
    .one = {{0x1313e695333ad68d, 0xa7e5f24db74f5885, 0x389cb27e0bc8d220, 0x0000000000000000,
             0x0000000000000000, 0x0000000000000000}},
    .n0 = 0x6ed46089e88fdc45,
};
static const struct limbs curve_b = {{0x081188719d412dcc, 0xf729add87a4c32ec, 0x77f2209b1920022e,
                                      0xe3374bee94938ae2, 0xb62b21f41f022094, 0xcd08114b604fbff9}};

/* Montgomery residues, computed from the curve equation; tests hold small and negative multiples against
 * OpenSSL. */
static const struct affine base_odd[BASE_COUNT] = {
    {{{0x3dd0756649c0b528, 0x20e378e2a0d6ce38, 0x879c3afc541b4d6e, 0x6454868459a30eff, 0x812ff723614ede2b,
       0x4d3aadc2299e1513}},
     {{0x23043dad4b03a4fe, 0xa1bfa8bf7bb4a9ac, 0x8bade7562e83b050, 0xc6c3521968f4ffd9, 0xdd8002263969a840,
       0x2b78abc25a15c5e9}}},
    {{{0x05e4dbe6c1dc4073, 0xc54ea9fff04f779c, 0x6b2034e9a170ccf0, 0x3a48d732d51c6c3e, 0xe36f7e2d263aa470,
       0xd283fe68e7c1c3ac}},
     {{0x7e284821c04ee157, 0x92d789a77ae0e36d, 0x132663c04ef67446, 0x68012d5ad2e1d0b4, 0xf6db68b15102b339,
       0x465465fc983292af}}},
    {{{0xbb595eba68f1f0df, 0xc185c0cbcc873466, 0x7f1eb1b5293c703b, 0x60db2cf5aacc05e6, 0xc676b987e2e8e4c6,
       0xe1bb26b11d178ffb}},
     {{0x2b694ba07073fa21, 0x22c16e2e72f34566, 0x80b61b3101c35b99, 0x4b237faf982c0411, 0xe6c5944024de236d,
       0x4db1c9d6e209e4a3}}},
    {{{0xdf13b9d17d69222b, 0x4ce6415f874774b1, 0x731edcf8211faa95, 0x5f4215d1659753ed, 0xf893db589db2df55,
       0x932c9f811c89025b}},
     {{0x0996b2207706a61e, 0x135349d5a8641c79, 0x65aad76f50130844, 0x0ff37c0401fff780, 0xf57f238e693b0706,
       0xd90a16b6af6c9b3e}}},
    {{{0x2f5d200e2353b92f, 0xe35d87293fd7e4f9, 0x26094833a96d745d, 0xdc351dc13cbfff3f, 0x26d464c6dad54d6a,
       0x5cab1d1d53636c6a}},
     {{0xf2813072b18ec0b0, 0x3777e270d742aa2f, 0x27f061c7033ca7c2, 0xa6ecaccc68ead0d8, 0x7d9429f4ee69a754,
       0xe770633431e8f5c6}}},
    {{{0xc7708b19b68b8c7d, 0x4532077c44377aba, 0x0dcc67706cdad64f, 0x01b8bf56147b6602, 0xf8d89885f0561d79,
       0x9c19e9fc7ba9c437}},
     {{0x764eb146bdc4ba25, 0x604fe46bac144b83, 0x3ce813298a77e780, 0x2e070f36fe9e682e, 0x41821d0c3a53287a,
       0x9aa62f9f3533f918}}},
    {{{0x9b7aeb7e75ccbdfb, 0xb25e28c5f6749a95, 0x8a7a8e4633b7d4ae, 0xdb5203a8d9c1bd56, 0xd2657265ed22df97,
       0xb51c56e18cf23c94}},
     {{0xf4d394596c3d812d, 0xd8e88f1a87cae0c2, 0x789a2a48cf4d0fe3, 0xb7feac2dfec38d60, 0x81fdbd1c3b490ec3,
       0x4617adb7cc6979e1}}},
    {{{0x446ad8884709f4a9, 0x2b7210e2ec3dabd8, 0x83ccf19550e07b34, 0x59500917789b3075, 0x0fc01fd4eb085993,
       0xfb62d26f4903026b}},
     {{0x2309cc9d6fe989bb, 0x61609cbd144bd586, 0x4b23d3a0de06610c, 0xdddc2866d898f470, 0x8733fc41400c5797,
       0x5a68c6fed0bc2716}}},
    {{{0x8903e1304b4a3cd0, 0x3ea4ea4c8ff1f43e, 0xe6fc3f2af655a10d, 0x7be3737d524ffefc, 0x9f6928555330455e,
       0x524f166ee475ce70}},
     {{0x3fcc69cd6c12f055, 0x4e23b6ffd5b9c0da, 0x49ce6993336bf183, 0xf87d6d854a54504a, 0x25eb5df1b3c2677a,
       0xac37986f55b164c9}}},
    {{{0x82a2ed4abaa84c08, 0x22c4cc5f41a8c912, 0xca109c3b154aad5e, 0x23891298fc38538e, 0xb3b6639c539802ae,
       0xfa0f1f450390d706}},
     {{0x46b78e5db0dc21d0, 0xa8c72d3cc3da2eac, 0x9170b3786ff2f643, 0x3f5a799bb67f30c3, 0x15d1dc778264b672,
       0xa1d47b23e9577764}}},
    {{{0x08265e510422ce2f, 0x88e0d496dd2f9e21, 0x30128aa06177f75d, 0x2e59ab62bd9ebe69, 0x1b1a0f6c5df0e537,
       0xab16c626dac012b5}},
     {{0x8014214b008c5de7, 0xaa740a9e38f17bea, 0x262ebb498a149098, 0xb454111e8527cd59, 0x266ad15aacea5817,
       0x21824f411353ccba}}},
    {{{0xd1b4e74d12e3683b, 0x990ed20b569b8ef6, 0xb9d3dd25429c0a18, 0x1c75b8ab2a351783, 0x61e4ca2b905432f0,
       0x80826a69eea8f224}},
     {{0x7fc33a6bec52abad, 0x0bcca3f0a65e4813, 0x7ad8a132a527cebe, 0xf0138950eaf22c7e, 0x282d2437566718c1,
       0x9dfccb0de2212559}}},
    {{{0x1e93722758ce3b83, 0xbb280dfa3cb3fb36, 0x57d0f3d2e2be174a, 0x9bd51b99208abe1e, 0x3809ab50de248024,
       0xc29c6e2ca5bb7331}},
     {{0x9944fd2e61124f05, 0x83ccbc4e9009e391, 0x01628f059424a3cc, 0xd6a2f51dea8e4344, 0xda3e1a3d4cebc96e,
       0x1fe6fb42e97809dc}}},
    {{{0xa04482d2467d66e4, 0xcf1912934d78291d, 0x8e0d4168482396f9, 0x7228e2d5d18f14d0, 0x2f7e8d509c6a58fe,
       0xe8ca780e373e5aec}},
     {{0x42aad1d61b68e9f8, 0x58a6d7f569e2f8f4, 0xd779adfe31da1bea, 0x7d26540638c85a85, 0x67e67195d44d3cdf,
       0x17820a0bc5134ed7}}},
    {{{0x019d6ac5d3021470, 0x25846b66780443d6, 0xce3c15ed55c97647, 0x3dc22d490e3feb0f, 0x2065b7cba7df26e4,
       0xc8b00ae8187cea1f}},
     {{0x1a5284a0865dded3, 0x293c164920c83de2, 0xab178d26cce851b3, 0x8e6db10b404505fb, 0xf6f57e7190c82033,
       0x1d2a1c015977f16c}}},
    {{{0xa39c89317c8906a4, 0xb6e7ecdd9e821ee6, 0x2ecf8340f0df4fe6, 0xd42f7dc953c14965, 0x1afb51a3e3ba8285,
       0x6c07c4040a3305d1}},
     {{0xdab83288127fc1da, 0xbc0a699b374c4b08, 0x402a9bab42eb20dd, 0xd7dd464f045a7a1c, 0x5b3d0d6d36beecc4,
       0x475a3e756398a19d}}},
};

bool p384_key_ok(const uint8_t public_key[96])
{
    struct point p;
    return point_load(&p, public_key);
}

bool p384_verify(const uint8_t public_key[96], const uint8_t hash[48], const uint8_t sig[96])
{
    return ecdsa_verify(public_key, hash, sig);
}
