import { isIP } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { VirtualPorts } from '@novacron/testing';
import { allowList, reachable } from './addresses.ts';
import { post, type PostFailed } from './post.ts';

const nothing = allowList('');
const at = (address: string) => ({ address, family: isIP(address) });

describe('addresses', () => {
  it.each([
    '0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.8.8.8', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1',
    '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255',
    '::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', '64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1',
    'fc00::1', 'fd12:3456::1', 'fe80::1', 'fec0::1', 'ff02::1', 'not-an-address', '',
  ])('that are not public are refused: %s', (address) => expect(reachable(at(address), nothing)).toBe(false));

  it.each(['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.1', '100.63.255.255', '100.128.0.1', '172.15.255.255', '172.32.0.1', '192.167.255.255', '223.255.255.255', '2606:4700::1111', '2a00:1450::1'])(
    'that are public are reached: %s', (address) => expect(reachable(at(address), nothing)).toBe(true));

  it('that are listed are reached', () => {
    const allow = allowList('10.1.0.0/16, 192.168.7.7 fd00::/8');
    expect(['10.1.2.3', '10.2.0.1', '192.168.7.7', '192.168.7.8', 'fd00::1', '::1'].map((address) => reachable(at(address), allow))).toEqual([true, false, true, false, true, false]);
  });

  it.each(['10.0.0.0/99', 'host', 'host:port', 'http://x'])('a list with a wrong entry stops the start: %s', (text) => expect(() => allowList(text)).toThrow(/NOVACRON_WEBHOOK_ALLOW/));
});

describe('a URL', () => {
  const ports = new VirtualPorts();
  const refusal = (url: string, addresses: string[] = [], allow = nothing) =>
    post(new URL(url), {}, '{}', { ports, allow, lookup: async () => addresses.map(at) }).then(() => 'sent', (error: PostFailed) => `${error.final ? 'final: ' : ''}${error.message}`);

  it.each([
    'https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f.1/', 'https://0177.0.0.1/', 'https://[::1]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/',
    'https://169.254.169.254/latest/meta-data', 'https://[fd00:ec2::254]/', 'https://0/', 'https://127.0.0.1./', 'https://①②⑦.0.0.1/',
  ])('in whatever spelling of a private address is refused: %s', async (url) => expect(await refusal(url)).toMatch(/^final: the host has a private address/));

  it('is refused when any of its addresses is private, however the name is spelled', async () => {
    expect(await refusal('https://rebind.example/', ['8.8.8.8', '127.0.0.1'])).toMatch(/private address/);
    expect(await refusal('https://localtest.example/', ['::1'])).toMatch(/private address/);
    expect(await refusal('https://none.example/')).toMatch(/no address/);
  });

  it('with another scheme, plain http to the world, or a password is refused', async () => {
    expect(await refusal('ftp://example.org/')).toMatch(/^final: .*https/);
    expect(await refusal('http://example.org/', ['8.8.8.8'])).toMatch(/^final: .*plain http/);
    expect(await refusal('https://user:secret@example.org/', ['8.8.8.8'])).toMatch(/^final: .*password/);
  });

  it('of a listed place is reached on that port only', async () => {
    const allow = allowList('localhost:1');
    expect(await refusal('http://localhost:1/', ['127.0.0.1'], allow)).toBe('the connection failed (ECONNREFUSED)');
    expect(await refusal('http://localhost:2/', ['127.0.0.1'], allow)).toMatch(/^final/);
  });
});
