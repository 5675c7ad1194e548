// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { webAddress } from '../viewers/row_links';
import { isOwn, isWebAddress, linkAddress, readLinks } from './links';

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

const SERVICE = `<VOTABLE xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE type="results"><TABLE><FIELD ID="id" name="ID"/><FIELD name="access_url"/>
<FIELD name="service_def"/><FIELD name="semantics"/><FIELD name="description"/><DATA><TABLEDATA>
<TR><TD>ivo://x/y?1</TD><TD/><TD>cut</TD><TD>#cutout</TD><TD>a part</TD></TR>
<TR><TD>ivo://x/y?1</TD><TD/><TD>evil</TD><TD>#cutout</TD><TD>none</TD></TR>
</TABLEDATA></DATA></TABLE></RESOURCE>
<RESOURCE type="meta" utype="adhoc:service" ID="evil">
<PARAM name="accessURL" value="javascript:alert(1)"/><GROUP name="inputParams"/></RESOURCE>
<RESOURCE type="meta" utype="adhoc:service" ID="cut">
<PARAM name="standardID" value="ivo://ivoa.net/std/SODA#sync-1.0"/>
<PARAM name="accessURL" value="https://x.example/soda/sync"/>
<GROUP name="inputParams"><PARAM name="ID" ref="id" value=""/>
<PARAM name="CIRCLE" xtype="circle" unit="deg" value=""><VALUES><MAX value="10 -2 0.5"/></VALUES></PARAM>
<PARAM name="RESPONSEFORMAT" value=""><DESCRIPTION>&lt;b&gt;</DESCRIPTION><VALUES>
<OPTION value="image/fits"/><OPTION value="image/png"/></VALUES></PARAM>
</GROUP></RESOURCE></VOTABLE>`;

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
    expect(linkAddress(base + path, base)).toEqual({
      path: ['datalink', 'links'],
      id: 'ivo://x/y?1'
    });
    expect(linkAddress(`${base}lsp_jupyter/datalink/dp1.Object/objectId?ID=12`, base)).toEqual({
      path: ['datalink', 'dp1.Object', 'objectId'],
      id: '12'
    });
    for (const other of [
      `http://other.example/user/a/${path}`,
      'http://lab.example/x?ID=1',
      `${base}lsp_jupyter/datalink/links`,
      `${base}lsp_jupyter/datalink/../portal/jobs?ID=1`,
      `${base}files/datalink/links?ID=1`,
      `${base}lsp_jupyter/datalink/%E0%A4%A/x?ID=1`,
      'http://[bad'
    ]) {
      expect(linkAddress(other, base)).toBeNull();
    }
    expect(isOwn(`${base}lsp_jupyter/images/x`, base)).toBe(true);
    expect(isOwn('http://lab.example.evil.example/user/a/x', base)).toBe(false);
  });

  it('reads the services that links lead to', () => {
    const [link, ...rest] = readLinks(SERVICE);
    expect(rest).toEqual([]);
    expect(link).toMatchObject({ url: '', semantics: '#cutout', description: 'a part' });
    expect(link.service).toMatchObject({
      url: 'https://x.example/soda/sync',
      standard: 'ivo://ivoa.net/std/SODA#sync-1.0',
      parameters: [
        { name: 'ID', value: 'ivo://x/y?1' },
        { name: 'CIRCLE', unit: 'deg', xtype: 'circle', most: '10 -2 0.5', value: '' },
        { name: 'RESPONSEFORMAT', options: ['image/fits', 'image/png'], description: '<b>' }
      ]
    });
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
