// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { webAddress } from '../viewers/row_panel';
import { isWebAddress, linkedImage, readLinks } from './links';

const DOCUMENT = `<?xml version="1.0"?>
<VOTABLE xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results"><TABLE>
<FIELD name="ID"/><FIELD name="access_url"/><FIELD name="error_message"/>
<FIELD name="description"/><FIELD name="semantics"/><FIELD name="content_type"/>
<FIELD name="content_length"/>
<DATA><TABLEDATA>
<TR><TD>a</TD><TD>https://x.example/f.fits</TD><TD/><TD>the image</TD><TD>#this</TD>
<TD>image/fits</TD><TD>2880</TD></TR>
<TR><TD>a</TD><TD>javascript:alert(1)</TD><TD/><TD>evil</TD><TD>#aux</TD><TD/><TD/></TR>
<TR><TD>b</TD><TD/><TD>NotFoundFault: b</TD><TD/><TD>#this</TD><TD/><TD/></TR>
</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`;

describe('documents of links', () => {
  it('gives what can be opened, and what went wrong', () => {
    const [image, fault, ...rest] = readLinks(DOCUMENT);
    expect(rest).toEqual([]);
    expect(image).toMatchObject({
      url: 'https://x.example/f.fits',
      description: 'the image',
      bytes: 2880
    });
    expect(fault.error).toContain('NotFoundFault');
  });

  it('reads nothing from what is no such document', () => {
    expect(readLinks('<html>no</html>')).toEqual([]);
    expect(readLinks('nothing')).toEqual([]);
  });

  it('knows the addresses of its own server', () => {
    const base = 'http://lab.example/user/a/';
    const path = 'lsp_jupyter/datalink/links?ID=ivo%3A%2F%2Fx%2Fy%3F1';
    expect(linkedImage(base + path, base)).toBe('ivo://x/y?1');
    expect(linkedImage(`http://other.example/user/a/${path}`, base)).toBeNull();
    expect(linkedImage('http://lab.example/x?ID=1', base)).toBeNull();
    expect(linkedImage('http://[bad', base)).toBeNull();
  });

  it('opens web addresses only', () => {
    expect(isWebAddress('https://a.example/x?y=1')).toBe(true);
    for (const text of ['javascript:alert(1)', 'data:text/html,x', 'https://a b', 'ftp://x']) {
      expect(isWebAddress(text)).toBe(false);
      expect(webAddress(text)).toBeNull();
    }
    expect(webAddress('http://[bad')).toBeNull();
  });
});
